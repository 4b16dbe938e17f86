// Lab 8.3 of the course, and which of its commands are typed.
import { readFileSync } from 'node:fs';
import { commandsOf, type Command } from '../documents/commands.ts';

/** As printed. */
export const LAB: string = readFileSync(new URL('lab-8.3.md', import.meta.url), 'utf8');

/** What a command that is left out starts with, and why nobody types it. */
export const LEFT_OUT: readonly { readonly starts: string; readonly why: string }[] = [
  { starts: 'make ', why: 'builds the course’s own operator with kubebuilder; ours is built by npm run images and installed by its chart' },
  { starts: 'kind ', why: 'loads an image into a kind cluster; the embedded cluster has its images from the same place' },
  { starts: 'kubebuilder ', why: 'scaffolds Go code; our kinds are there' },
  { starts: 'mkdir -p internal/', why: 'makes a folder for Go code' },
  { starts: 'cp path/to/solutions/', why: 'copies Go code' },
  { starts: 'cd ', why: 'goes to the folder of the Go code' },
];

/** Why a command is not typed; undefined when it is. */
export const whyLeftOut = ({ text }: Command): string | undefined => LEFT_OUT.find(({ starts }) => text.startsWith(starts))?.why;

/** The commands that are typed, in the lab's order. */
export const labCommands = (): Command[] => commandsOf(LAB).filter((command) => whyLeftOut(command) === undefined);
