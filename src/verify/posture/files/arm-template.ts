import { readTemplate } from '../azure/template/template.ts';
import { Field } from '../field.ts';
import { judgeDeployment } from './azure.ts';
import type { DocumentKind } from './document-kind.ts';

/** Of a file that looks like one: only these may have comments in JSON. */
export const isTemplateText = (text: string): boolean =>
  /^\s*(\{|\/[/*])/.test(text) && /deploymentTemplate\.json#?"/i.test(text);

/** A template of Azure Resource Manager; `bicep build` makes one of Bicep. */
export const armTemplate: DocumentKind = {
  title: 'ARM template',
  // Of a resource group, a subscription, a management group or a tenant.
  recognises: ({ value }) => /deploymentTemplate\.json#?$/i.test(new Field(value).at('$schema').text ?? ''),
  scan(document, scanned) {
    judgeDeployment(readTemplate(document, scanned.file), document, scanned);
  },
};
