import { Fault } from '../../../kernel/index.ts';

/**
 * The one `model` of a multipart form, read by the platform's own parser (RFC 7578). A second `model` is refused: the service might
 * take the other one.
 */
export async function modelOfForm(body: Buffer, contentType: string): Promise<string | Fault> {
  let form: FormData;
  try {
    form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData();
  } catch {
    return new Fault('body.invalid', { detail: 'The body is not a complete multipart form.' });
  }
  const models = form.getAll('model');
  const [model] = models;
  if (models.length !== 1 || typeof model !== 'string' || model === '') {
    return new Fault('body.invalid', { detail: 'The form must have the field "model" once.' });
  }
  return model;
}
