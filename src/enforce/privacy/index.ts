/**
 * Privacy: personal data and secrets in what passes, found, classified and taken out.
 *
 * Guarantees: every string, name and number of a body is inspected, or exempt by a rule that it was checked against; what is found depends on the text alone, never on
 * how it was cut into chunks or parts, and a value cut over messages is found at their seams; inspecting a body costs in proportion to its size, in slices; look-alike and invisible
 * characters and the escapes of JSON hide nothing from a detector; a body is the same, byte for byte, but for the values that were replaced;
 * a placeholder stands for the same value throughout a conversation, and one that was not given out in the same call is never resolved; what
 * cannot be read is said, and a detector that fails is an answer of its own, never "nothing found"; patterns of a policy run in time
 * linear in the text; no finding holds a part of the text.
 * Threat: values that leave to a service that must not see them, split, disguised or in an unexpected place; a pattern or a text that makes
 * searching endless; findings that leak what they are about.
 * Does not: know people by their names or addresses by their streets, read pictures, sound and files, or see through encodings (base64 in a text, ciphers) that a
 * model could undo; those the protocols define are decoded. Of a value cut over two content blocks of a stream, what came first has left. Shapes are found, intent is not.
 *
 * And personal data that is kept: whose a call is about, what is kept of it, how long, and how it is destroyed.
 *
 * Guarantees: a data subject stands in entries as a random id, and nothing leads from the id to the name once its key is destroyed; what is kept of a
 * subject (captured content, what people wrote in its cases) is sealed under that key, which no backup holds, so that an old backup brings nothing back; an
 * erasure that a crash broke off is finished, has an entry and a receipt that is checked offline, and is refused under a legal hold; captured content is
 * read with a reason of the policy, after an entry that tells of it is durable; keeping never delays or fails a call, and what could not be kept is counted and
 * told; everything in the data folder has a rule of how long it stays, and what is past its time shows until it is gone.
 * Threat: data kept for ever because nobody looks; content read out of curiosity; backups that undo an erasure; a request of a subject that is forgotten, or
 * answered to somebody else; one subject whose data is taken for another's.
 * Does not: make what stays anonymous (entries say when, by which route and model an id called); reach what was exported, what services behind the gate
 * keep, or copies of the folder `vault`; judge whether a ground for refusing holds.
 */
export {
  type BodyFinding,
  type BodyInspection,
  type FailedInspection,
  inspectBody,
  inspectInTurns,
  type InspectedBody,
  type InspectedTexts,
} from './bodies/inspect.ts';
export { EventFilter } from './bodies/event-filter.ts';
export { type FieldPlaces, parseFieldPlace, readingOfFields } from './bodies/fields.ts';
export { filterAnswer } from './bodies/filter-answer.ts';
export { type BodyReading, bodyReadingOf } from './bodies/table.ts';
export { type AnswerGuard, createTextFilter, type TextFilter } from './bodies/rewrite.ts';
export { percentDecoded, textOf } from './bodies/opaque.ts';
export type { Unread } from './bodies/texts.ts';
export { type Classifier, type ClassRank, createClassifier } from './classes.ts';
export type { Detector } from './detector.ts';
export { catalogue } from './detectors/catalogue.ts';
export { createPlaceholders, type Placeholders } from './redact/placeholders.ts';
export { type ClassifiedFinding, Redactor } from './redact/redactor.ts';
export { Restorer } from './redact/restorer.ts';
export { type AboveAction, aboveActions, type DataSection, dataSchema } from './section.ts';
export { type Capture, type CaptureRecord, type CaptureStatus, dropReasons } from './capture/capture.ts';
export type { CapturedReading, CapturedRecord } from './capture/reading.ts';
export {
  type CaseState,
  type CaseWords,
  caseStates,
  identityChecks,
  type SubjectCase,
} from './cases/case.ts';
export { caseKinds, lawNames, refusalGrounds } from './cases/law.ts';
export type { Erasure } from './erasure/erase.ts';
export { readErased } from './erasure/store.ts';
export { checkReceipt, commitToName, type ErasureReceipt } from './erasure/receipt.ts';
export { type KeepingPolicy, ledgerKeepMs } from './keeping-section.ts';
export { type Keeping, type KeepingOptions, openKeeping } from './open-keeping.ts';
export type { LegalHold } from './retention/holds.ts';
export type { RetainedClass, RetentionState } from './retention/retention.ts';
export { exportParts, type ExportPage } from './subjects/export.ts';
export type { SubjectAccess } from './subjects/holdings.ts';
export { needsVault } from './needs-vault.ts';
export { createMeanings, type Meanings } from './subjects/meanings.ts';
export type { Subjects, SubjectVerdict } from './subjects/subjects.ts';
