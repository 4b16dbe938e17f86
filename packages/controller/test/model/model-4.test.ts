import { testPart } from './campaign.ts';

testPart(4);
