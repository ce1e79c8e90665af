import { readPlan } from '../azure/terraform/plan.ts';
import { Field } from '../field.ts';
import { fail } from '../gathered.ts';
import { judgeDeployment } from './azure.ts';
import type { DocumentKind } from './document-kind.ts';

/** What `terraform show -json` says of a plan, or of a state. */
export const terraformPlan: DocumentKind = {
  title: 'Terraform plan',
  recognises({ value }) {
    const root = new Field(value);
    const parts = ['planned_values', 'resource_changes', 'values', 'terraform_version'];
    return root.at('format_version').isSet && parts.some((part) => root.at(part).isSet);
  },
  scan(document, scanned) {
    const version = new Field(document.value).at('format_version');
    const major = /^(\d+)\.\d+$/.exec(version.text ?? '')?.[1];
    // Versions before 1 are those of Terraform 0.12 to 1.0, which the first stable one did not change.
    if (major !== '0' && major !== '1') {
      const reason = `the format of the plan (format_version ${version.text ?? 'of no text'}) is not known; 1.x is`;
      return fail(scanned, reason, document.locate(version.path));
    }
    judgeDeployment(readPlan(document, scanned.file), document, scanned);
  },
};
