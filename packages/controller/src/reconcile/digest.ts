import { hash } from 'node:crypto';

/** 16 hexadecimal digits that stand for a text: what was seen or applied, without keeping all of it. Not for secrets. */
export const digestOf = (text: string): string => hash('sha256', text).slice(0, 16);
