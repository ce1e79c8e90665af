import { basename } from 'node:path';
import { addSuppressions, fail, type ScannedFile } from '../gathered.ts';
import { withoutComments } from '../source/json-comments.ts';
import { isTemplate, templateReason } from '../source/template.ts';
import { readYaml } from '../source/yaml.ts';
import { readComments } from '../suppress/sources.ts';
import { armTemplate, isTemplateText } from './arm-template.ts';
import { composeDocument } from './compose.ts';
import type { DocumentKind } from './document-kind.ts';
import { kubernetesDocument } from './kubernetes.ts';
import { terraformPlan } from './terraform-plan.ts';

const kinds: readonly DocumentKind[] = [kubernetesDocument, composeDocument, terraformPlan, armTemplate];

export const isDocument = (name: string): boolean => /\.(ya?ml|json)$/i.test(name);

/** Of a file with a name of its own, or standard input: whether it looks like what documents are. */
export const beginsAsDocument = (text: string): boolean =>
  /^(---|%YAML|apiVersion:|kind:|services:)/m.test(text) || /^\s*(\{|\[\s*\{)/.test(text);

/** Judges a file of YAML or JSON: each of its documents as what it says it is. */
export function scanDocuments(scanned: ScannedFile): void {
  const { file, text, gathered } = scanned;
  const { documents, problems } = readYaml(isTemplateText(text) ? withoutComments(text) : text);
  if (isTemplate(file, text, problems.length > 0)) return fail(scanned, templateReason);
  for (const { message, line, column } of problems) fail(scanned, message, { line, column });
  const found = documents.map((document) => kinds.find((kind) => kind.recognises(document)));
  if (found.every((kind) => kind === undefined) && problems.length === 0) {
    const reason = `${basename(file)} holds no ${kinds.map(({ title }) => title).join(', no ')}`;
    gathered.notEvaluated.push({ file, reason, failed: false });
  }
  addSuppressions(gathered, readComments(file, text));
  for (const [index, document] of documents.entries()) found[index]?.scan(document, scanned);
}
