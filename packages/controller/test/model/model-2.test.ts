import { testPart } from './campaign.ts';

testPart(2);
