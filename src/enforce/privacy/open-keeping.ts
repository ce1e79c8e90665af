import type { Pseudonyms, PseudonymStore, SealedMeanings } from '../../record/index.ts';
import { type Capture, createCapture } from './capture/capture.ts';
import { type CapturedReading, createCapturedReading } from './capture/reading.ts';
import { type Cases, createCases } from './cases/cases.ts';
import { type CaseFigures, createReminding } from './cases/reminding.ts';
import { createErasing, type Erasing } from './erasure/erase.ts';
import { createUnfinishedErasures } from './erasure/unfinished.ts';
import { createLogEmptying, type KeepingParts } from './parts.ts';
import { type ClockMemory, createClockHold } from './retention/clock-hold.ts';
import { keepingClasses } from './retention/classes.ts';
import { everything, type Holds, openHolds } from './retention/holds.ts';
import { createRetention, type RetainedClass, type Retention } from './retention/retention.ts';
import { createExport, type ExportPage, type ExportRequest } from './subjects/export.ts';
import { createHoldings, type SubjectAccess } from './subjects/holdings.ts';
import { createForgetting, type Meanings } from './subjects/meanings.ts';
import { createNamed, type Named } from './subjects/named.ts';
import { createSubjects, type Subjects } from './subjects/subjects.ts';

/** What is kept of persons, and how it goes. */
export interface Keeping {
  readonly subjects: Subjects;
  /** What is held of a subject, where, and how long. */
  access(subject: string): Promise<SubjectAccess>;
  /** What is held of a subject, opened; a page at a time, each recorded before it is given. */
  export(request: ExportRequest, operator: string): Promise<ExportPage>;
  readonly erasing: Erasing;
  /** Erasures that were begun and could not be finished yet; `tick` tries them again. */
  readonly unfinishedErasures: () => number;
  /** Pseudonyms of addresses and persons. */
  readonly named: Named;
  readonly capture: Capture;
  readonly captured: CapturedReading;
  readonly cases: Cases;
  readonly caseFigures: () => CaseFigures;
  readonly retention: Retention;
  readonly holds: Holds;
  /** Scopes a hold may have, beside subjects. */
  readonly holdScopes: readonly string[];
  /** What is due now and then: reminders, figures. */
  tick(): Promise<void>;
  close(): Promise<void>;
}

export interface KeepingOptions extends KeepingParts {
  readonly meanings: Meanings;
  readonly pseudonyms: Pseudonyms;
  readonly pseudonymStore: PseudonymStore;
  readonly sealedMeanings: SealedMeanings;
  readonly clockMemory: ClockMemory;
  /** What other rooms keep, and when it goes. */
  readonly otherClasses: readonly RetainedClass[];
}

/** Opens everything that keeps personal data, and ends what a crash broke off. Nothing runs by itself: who opens it calls `tick` and sweeps. */
export async function openKeeping(options: KeepingOptions): Promise<Keeping> {
  const { meanings, pseudonyms, pseudonymStore, sealedMeanings, otherClasses } = options;
  const emptyLog = createLogEmptying(options);
  const unfinished = createUnfinishedErasures(options.log);
  const subjects = createSubjects(options);
  const holds = await openHolds(options);
  const capture = await createCapture(options);
  const reminding = createReminding(options);
  const cases = createCases(options, subjects, reminding.count);
  const erasing = createErasing({
    ...options,
    subjects,
    capture,
    cases,
    holds,
    caseChanged: reminding.count,
    emptyLog: emptyLog.now,
    unfinished,
  });
  const forgetting = createForgetting({
    ...options,
    meanings,
    pseudonyms,
    store: pseudonymStore,
    sealed: sealedMeanings,
  });
  const named = createNamed({
    ...options,
    pseudonyms,
    forgetting,
    holds,
    emptyLog: emptyLog.now,
    unfinished,
  });
  const classes = [...keepingClasses({ ...options, capture, holds, forgetting }), ...otherClasses];
  const clockHold = createClockHold(options);
  await clockHold.check();
  const retention = createRetention({ ...options, classes, holds, clockHold, emptyLog: emptyLog.now });
  const access = createHoldings(options, { subjects, holds });
  await erasing.resume();
  await named.resume();
  await forgetting.takeOver();
  return {
    subjects,
    access,
    export: createExport(options, { cases, holdings: access }),
    erasing,
    unfinishedErasures: () => unfinished.count,
    named,
    capture,
    captured: createCapturedReading(options),
    cases,
    caseFigures: reminding.figures,
    retention,
    holds,
    holdScopes: [everything, ...retention.names],
    async tick() {
      if (unfinished.count > 0) {
        await erasing.resume();
        await named.resume();
      }
      await reminding.look();
      await emptyLog.ifWaiting();
      await retention.look();
    },
    close: () => capture.close(),
  };
}
