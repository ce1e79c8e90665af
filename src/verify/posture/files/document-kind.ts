import type { ScannedFile } from '../gathered.ts';
import type { YamlDocument } from '../source/yaml.ts';

/** Something that documents of YAML or JSON say, and how it is judged. */
export interface DocumentKind {
  /** What it is, in the words of a sentence: `resource of Kubernetes`. */
  readonly title: string;
  /** Whether the document is one, by what it says itself. */
  recognises(document: YamlDocument): boolean;
  scan(document: YamlDocument, scanned: ScannedFile): void;
}
