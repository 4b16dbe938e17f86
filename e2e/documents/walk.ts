// A reader who types the commands of a document, one after the other, and leaves none out.
import type { Command } from './commands.ts';
import type { Shell, Watch } from './shell.ts';

/** True of a command that has no end of its own. */
export const isWatch = ({ text }: Command): boolean => / -[wf]$/.test(text);

export interface Walk {
  /** Goes on with a section. @throws Error when a command before it was not typed. */
  section(name: string): Section;
  /** What has not been typed yet. */
  left(): readonly Command[];
}

export interface Section {
  /** Types all up to the next commands of a title, and these. Returns what these printed. */
  upTo(title: string): Promise<string>;
  /** Types all up to the next command of a title, which is watched, and watches it. Returns what it printed. */
  watch(title: string, options: Watch): Promise<string>;
  /** Types what is left of the section. */
  rest(): Promise<void>;
  /** What the commands of a title printed last, without blanks around it. */
  said(title: string): string;
}

/** Starts with the first command. */
export function walkThrough(commands: readonly Command[], shell: Shell): Walk {
  let at = 0;
  return {
    left: () => commands.slice(at),
    section(name) {
      const next = commands[at];
      if (next?.section !== name) throw new Error(`${name} cannot start: ${next === undefined ? 'nothing is left' : `"${next.text}" of ${next.section} has not been typed, or failed`}`);
      const said = new Map<string, string>();
      const inSection = (): Command | undefined => (commands[at]?.section === name ? commands[at] : undefined);
      const typeNext = async (command: Command): Promise<void> => {
        if (isWatch(command)) throw new Error(`"${command.text}" has no end of its own: say until when it is watched`);
        const output = await shell.run(command.text);
        said.set(command.title, (said.get(command.title) ?? '') + output);
        at += 1;
      };
      const typeWhile = async (wanted: (command: Command) => boolean): Promise<void> => {
        for (let command = inSection(); command !== undefined && wanted(command); command = inSection()) await typeNext(command);
      };
      return {
        said: (title) => (said.get(title) ?? '').trim(),
        rest: () => typeWhile(() => true),
        async upTo(title) {
          await typeWhile((command) => command.title !== title);
          said.delete(title);
          await typeWhile((command) => command.title === title);
          if (!said.has(title)) throw new Error(`${name} has no command "${title}" here`);
          return (said.get(title) ?? '').trim();
        },
        async watch(title, options) {
          await typeWhile((command) => command.title !== title);
          const command = inSection();
          if (command === undefined || !isWatch(command)) throw new Error(`${name} has nothing to watch at "${title}"`);
          const output = await shell.watch(command.text, options);
          said.set(title, output);
          at += 1;
          return output;
        },
      };
    },
  };
}
