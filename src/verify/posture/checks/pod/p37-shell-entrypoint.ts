import { nsa, type PodCheck } from '../check.ts';
import { eachContainer } from './containers.ts';

const shells = new Set([
  'sh',
  'bash',
  'ash',
  'dash',
  'zsh',
  'ksh',
  'busybox',
  'sudo',
  'su',
  'cmd.exe',
  'powershell.exe',
  'pwsh',
]);

export const p37: PodCheck = {
  id: 'P37',
  of: 'pod',
  title: 'Starts a shell or sudo',
  severity: 'medium',
  why: 'What the shell puts together from its arguments and the environment runs as a program.',
  fix: 'Start the program itself.',
  references: [nsa('Kubernetes Pod security')],
  example: {
    bad: 'command: [sudo, /app/server]\n',
    good: 'command: [/app/server]\n',
  },
  find: (subject) =>
    eachContainer(subject, ({ field }) => {
      const { path, text = '' } = field.at('command').items()[0] ?? field.at('command');
      const program = text.slice(text.lastIndexOf('/') + 1);
      return shells.has(program) ? [{ path, message: `The container starts ${program}.` }] : [];
    }),
};
