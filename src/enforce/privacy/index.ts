/**
 * Privacy: personal data and secrets in what passes, found, classified and taken out.
 *
 * Guarantees: what is found depends on the text alone, never on how it was cut into chunks, parts or messages; look-alike and invisible
 * characters and the escapes of JSON hide nothing from a detector; a body is the same, byte for byte, but for the values that were replaced;
 * a placeholder stands for the same value throughout a conversation, and one that was not given out in the same call is never resolved; what
 * cannot be read is said, and a detector that fails is an answer of its own, never "nothing found"; patterns of a policy run in time
 * linear in the text; no finding holds a part of the text.
 * Threat: values that leave to a service that must not see them, split, disguised or in an unexpected place; a pattern or a text that makes
 * searching endless; findings that leak what they are about.
 * Does not: know people by their names or addresses by their streets, read pictures, sound and files, or see through encodings (base64, ciphers) that a
 * model could undo. Shapes are found, intent is not.
 */
export {
  type BodyFinding,
  type BodyInspection,
  type FailedInspection,
  inspectBody,
  type InspectedBody,
} from './bodies/inspect.ts';
export { EventFilter } from './bodies/event-filter.ts';
export type { TextFilter } from './bodies/rewrite.ts';
export type { Unread } from './bodies/texts.ts';
export { type Classifier, type ClassRank, createClassifier } from './classes.ts';
export type { Detector } from './detector.ts';
export { catalogue } from './detectors/catalogue.ts';
export { dataSection } from './policy-section.ts';
export { createPlaceholders, type Placeholders } from './redact/placeholders.ts';
export { type ClassifiedFinding, Redactor } from './redact/redactor.ts';
export { Restorer } from './redact/restorer.ts';
export { type DataSection, dataSchema } from './section.ts';
