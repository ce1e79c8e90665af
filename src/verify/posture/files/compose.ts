import { checks } from '../checks/catalogue.ts';
import { isCompose, readCompose } from '../compose/read.ts';
import { Field } from '../field.ts';
import { findingOf } from '../gathered.ts';
import type { DocumentKind } from './document-kind.ts';

const composeChecks = checks.filter((check) => check.of === 'compose');

/** Compose files, under whatever name. */
export const composeDocument: DocumentKind = {
  title: 'Compose file',
  recognises: ({ value }) => isCompose(value),
  scan(document, { file, settings, gathered }) {
    const { services, gaps } = readCompose(document);
    for (const { field, reason, failed } of gaps)
      gathered.notEvaluated.push({ file, ...document.locate(field.path), reason, failed });
    for (const service of services) {
      const kind = 'Compose service';
      const { name } = service;
      const subject = { kind, name, file, field: new Field(document.value), locate: document.locate };
      const { line } = document.locate(['services', name]);
      gathered.evaluated.push({ file, line, kind, name });
      for (const check of composeChecks)
        for (const found of check.find(service, settings))
          gathered.findings.push(findingOf(check, subject, found));
    }
  },
};
