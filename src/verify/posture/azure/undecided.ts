/** Stands where only the deployment will put a value. It shows no members, so that a document cannot be mistaken for one, nor it for a document. */
export class Undecided {
  readonly #because: string;
  readonly #text: string;
  readonly #isGiven: boolean;

  constructor(given: { because: string; text?: string; isGiven?: boolean }) {
    this.#because = given.because;
    this.#text = given.text ?? '';
    this.#isGiven = given.isGiven ?? false;
  }

  /** Why, as what a sentence says of the property: `is known only after apply`. */
  get because(): string {
    return this.#because;
  }

  /** What stands in its place in names: the same for the same value. */
  get text(): string {
    return this.#text;
  }

  /** There will be a value; only which one is open. */
  get isGiven(): boolean {
    return this.#isGiven;
  }
}
