/** Where a property stands, with `|` between the names it had in versions of the provider or the API, the newest first; `!` where it says the opposite. */
export interface SettingPlaces {
  readonly terraform: string;
  readonly arm: string;
  /** What Azure does where nothing is said. */
  readonly otherwise?: unknown;
  /** The kind that a plain name in it names. */
  readonly names?: string;
}

export interface Kind {
  readonly terraform: readonly string[];
  readonly arm: readonly string[];
  /** Where it also stands within another kind. */
  readonly within?: {
    readonly kind: string;
    readonly terraform?: string;
    readonly arm: string;
    /** There its properties stand without `properties`. */
    readonly flat?: boolean;
  };
  readonly settings: Readonly<Record<string, SettingPlaces>>;
}

export const at = (terraform: string, arm: string, otherwise?: unknown): SettingPlaces => ({
  terraform,
  arm,
  otherwise,
});
