import { Fault } from '../../../kernel/index.ts';
import { looksLikeReadName } from '../wire/read-names.ts';

/** A multipart form as it is forwarded: written anew from what was read. */
export interface ReadForm {
  readonly fields: FormData;
  readonly body: Buffer;
  readonly contentType: string;
}

/** Fields, files among them; more says nothing that a supported service reads. */
const maxFields = 256;
/** Fields that a service reads once. Others may be lists (`image[]`, `timestamp_granularities[]`). */
const singleFields = ['model', 'n', 'stream', 'prompt', 'response_format', 'language', 'temperature'];

/**
 * Reads a multipart form (RFC 7578) and writes it anew with a boundary of the gateway's own. The service gets the fields and files that were read and nothing else,
 * so no second boundary, preamble, repeated header or `name*` can mean something to it that it did not mean here.
 */
export async function readForm(body: Buffer, contentType: string): Promise<ReadForm | Fault> {
  let fields: FormData;
  try {
    fields = await new Response(new Uint8Array(body), {
      headers: { 'content-type': contentType },
    }).formData();
  } catch {
    return invalid('The body is not a complete multipart form.');
  }
  const problem = problemOf(fields);
  if (problem) return invalid(problem);
  const written = new Response(fields);
  return {
    fields,
    body: Buffer.from(await written.arrayBuffer()),
    contentType: written.headers.get('content-type') ?? '',
  };
}

/** The one model of a form; a name that is no text or stands twice was refused when it was read. */
export function fieldText({ fields }: ReadForm, name: string): string | undefined {
  const value = fields.get(name);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function problemOf(fields: FormData): string | undefined {
  const names = [...fields.keys()];
  if (names.length > maxFields) return `The form has more than ${maxFields} fields.`;
  for (const name of names) {
    const read = looksLikeReadName(name);
    if (read !== undefined) return `A field is spelled like "${read}" but for case; leave it out.`;
  }
  for (const name of singleFields)
    if (fields.getAll(name).length > 1) return `The form has the field "${name}" more than once.`;
  if (typeof fields.get('model') !== 'string' || fields.get('model') === '')
    return 'The form must have the field "model" once.';
  return undefined;
}

function invalid(detail: string): Fault {
  return new Fault('body.invalid', { detail });
}
