import type { DataSection } from '../enforce/privacy/index.ts';
import type { LogLevel } from '../kernel/index.ts';
import type { SystemPolicy } from '../policy/index.ts';
import type { VerifyPolicy } from '../verify/posture/index.ts';

/** What the composition root gives the commands: the rooms above them, as functions. */
export interface CommandRooms {
  /** Starts a server and resolves when it is ready. */
  startServer(options: StartOptions): Promise<StartedServer>;
  /** The admin API over a data folder that no server holds. */
  openInProcess(options: {
    dataFolder: string;
    policyFile: string | undefined;
    /** Whether a folder that is not there is made. A command that only looks must not make one where none was meant. */
    create: boolean;
  }): Promise<AdminApi>;
  /** Reads and checks a policy file. */
  readPolicy(file: string): Promise<PolicyVerdict>;
  policySchema(): Promise<object>;
  /** Makes a data folder from a backup; throws where the backup does not verify or the folder is not empty. */
  restore(options: {
    from: string;
    dataFolder: string;
    /** The data folder that is replaced, or its folder `vault`. */
    keysFrom: string | undefined;
    /** Verifier keys kept elsewhere; without them the backup vouches for itself. */
    verifierKeys: readonly string[] | undefined;
    /** Takes a backup of an earlier version, which has no manifest. */
    withoutManifest: boolean;
  }): Promise<{ folder: string; entries: number }>;
  /** Takes a data folder whose parts do not belong together as it is. */
  adopt(dataFolder: string): Promise<void>;
  explainPolicy(file: string): Promise<Explanation>;
  /** The `verify` section of a policy; undefined where the policy does not hold. */
  readVerifyPolicy(file: string): Promise<{
    readonly verdict: PolicyVerdict;
    readonly verify: VerifyPolicy | undefined;
    readonly system: SystemPolicy | undefined;
  }>;
  /** The `data` section of a policy file. Throws where the policy does not hold. */
  readDataSection(file: string): Promise<DataSection>;
  /** What the gate would make of a token under a policy; offline. */
  inspectToken(options: {
    token: string;
    policyFile: string | undefined;
    dataFolder: string;
    /** A key set for every issuer, instead of what the policy names. */
    keysFile: string | undefined;
  }): Promise<TokenInspectionView>;
  readonly starterPolicy: string;
  /** `PATH`: where programs are looked for. */
  readonly searchPath: string;
  readonly version: string;
}

export interface StartOptions {
  readonly policyFile: string | undefined;
  readonly dataFolder: string;
  readonly gate: string | undefined;
  readonly console: string | undefined;
  readonly logLevel: LogLevel;
  readonly writeLog: (line: string) => void;
}

export interface StartedServer extends AdminApi {
  readonly policyFile: string;
  readonly gateUrl: string;
  readonly consoleUrl: string;
  /** Whether no key was ever made in this data folder. */
  readonly isFirstStart: boolean;
  /** A route to try, with a model and the roles that may call it. */
  readonly example: { readonly path: string; readonly model: string; readonly role: string } | undefined;
  stop(reason: string): Promise<void>;
}

/** Handlers of the admin API, wherever they run. */
export interface AdminApi {
  fetch(request: Request): Promise<Response>;
  close(): Promise<void>;
}

/** An inspected token as it is printed; times in ISO 8601. */
export interface TokenInspectionView {
  readonly accepted: 'yes' | 'no' | 'unknown';
  readonly reason?: string;
  readonly steps: readonly {
    readonly step: string;
    readonly result: 'ok' | 'refused' | 'unknown' | 'not reached';
    readonly says: string;
    readonly reason?: string;
  }[];
  readonly subject?: string;
  readonly tokenId?: string;
  readonly roles?: readonly string[];
  readonly team?: string;
  readonly issuedAt?: string;
  readonly expiresAt?: string;
}

export interface PolicyVerdict {
  readonly ok: boolean;
  readonly digest: string | undefined;
  readonly problems: readonly PolicyProblem[];
  /** The problems as sentences, each with its place. */
  readonly sentences: readonly string[];
}

export interface PolicyProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly path: string;
  readonly message: string;
}

export type Explanation = {
  readonly verdict: PolicyVerdict;
  readonly policy: ExplainedPolicyView | undefined;
};

/** The view of an explained policy that is printed; `ExplainedPolicy` of the gate fits it. */
export interface ExplainedPolicyView {
  readonly addresses: readonly string[];
  /** Undefined: nothing is looked for in calls. */
  readonly data:
    | {
        readonly classes: Readonly<Record<string, readonly string[]>>;
        readonly unread: string;
        readonly answers: string;
      }
    | undefined;
  readonly routes: readonly {
    readonly route: string;
    readonly match: string;
    readonly wire: string;
    readonly public: boolean;
    readonly observe: boolean;
    readonly recorded: string;
    readonly operations: readonly string[];
    readonly models: Readonly<Record<string, readonly string[]>>;
    readonly limits: readonly string[];
    readonly data: readonly string[];
    readonly callers: readonly {
      readonly role: string;
      readonly operations: readonly string[];
      readonly models: readonly string[];
      readonly eachKey: readonly string[];
      readonly together: readonly string[];
    }[];
  }[];
}

/** How a command speaks to the person or program that runs it. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** All of standard input, up to a megabyte. */
  input(): Promise<string>;
  /** Standard input as it comes. */
  inputChunks(): AsyncIterable<Uint8Array>;
  /** As `out`; resolves when the reader has taken enough, so that long output does not pile up. */
  outAll(text: string): Promise<void>;
  /** Colours and progress are for people. */
  readonly isTerminal: boolean;
}

export interface CommandContext {
  readonly rooms: CommandRooms;
  readonly terminal: Terminal;
}

/** Ends a command with an exit code: 1 the answer is no, 2 it could not run. 0 is what ends without. */
export class Exit extends Error {
  override readonly name = 'Exit';
  readonly code: 1 | 2;

  constructor(code: 1 | 2, sentence: string) {
    super(sentence);
    this.code = code;
  }
}
