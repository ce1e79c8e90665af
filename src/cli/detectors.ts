import type { Command } from 'commander';
import { catalogue } from '../enforce/privacy/index.ts';
import type { CommandContext } from './context.ts';
import { jsonOption } from './options.ts';
import { json, printable, table } from './output.ts';

const longestExample = 44;

export function addDetectors(program: Command, { terminal }: CommandContext): void {
  program
    .command('detectors')
    .description('what personal data and secrets Surety can find, with examples')
    .option('--family <family>', 'only of this family: contact, financial, identity, health, network, secret')
    .option('--region <region>', 'only of this region, such as us or de')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  surety detectors
  surety detectors --region de --json

A policy names detectors and families under data.detect. CLASS is what a finding is by default.
`,
    )
    .action((options: { family?: string; region?: string; json?: boolean }) => {
      const { family, region } = options;
      const chosen = catalogue.filter(
        (detector) =>
          (family === undefined || detector.family === family) &&
          (region === undefined || detector.region === region),
      );
      if (options.json) {
        const rows = chosen.map(
          ({ name, title, family: of, region: where, class: rank, examples, context }) => ({
            name,
            title,
            family: of,
            region: where ?? null,
            class: rank,
            examples,
            context: context ?? [],
          }),
        );
        return terminal.out(json(rows));
      }
      const rows = chosen.map((detector) => [
        detector.name,
        detector.family,
        detector.region ?? '-',
        detector.class,
        shorten(printable(detector.examples[0])),
        detector.title,
      ]);
      if (rows.length === 0) return terminal.err('No detector is of that family and region.\n');
      terminal.out(`${table([['NAME', 'FAMILY', 'REGION', 'CLASS', 'EXAMPLE', 'FINDS'], ...rows])}\n`);
    });
}

function shorten(text: string): string {
  return text.length > longestExample ? `${text.slice(0, longestExample - 1)}…` : text;
}
