export const USAGE = `usage: npm run cluster -- COMMAND

  up             start the cluster of this clone; does nothing if it runs (first time: 15 minutes, later: 5 seconds)
  down           end it and remove everything it left
  status         what runs, in which version, and where the logs are
  kubeconfig     print the path of its kubeconfig:  export KUBECONFIG=$(npm run -s cluster -- kubeconfig)
  load IMAGE…    load archives (docker-archive or oci-archive files) or images of the local buildah storage
  --help         print this
`;

export type Command = { name: 'up' | 'down' | 'status' | 'kubeconfig' | 'help' } | { name: 'load'; images: string[] };

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export function parseArguments(args: string[]): Command {
  const [name, ...rest] = args;
  if (args.some((arg) => arg === '--help' || arg === '-h')) return { name: 'help' };
  switch (name) {
    case 'load':
      if (rest.length === 0) throw new UsageError('load: which image? Give archive files or image names');
      return { name, images: rest.map(plain) };
    case 'up':
    case 'down':
    case 'status':
    case 'kubeconfig':
      if (rest.length > 0) throw new UsageError(`${name} takes no arguments, got: ${rest.join(' ')}`);
      return { name };
    case undefined:
      throw new UsageError('which command?');
    default:
      throw new UsageError(`unknown command: ${name}`);
  }
}

function plain(argument: string): string {
  if (argument.startsWith('-')) throw new UsageError(`load: unknown option: ${argument}`);
  return argument;
}
