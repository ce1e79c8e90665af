/** Names that hold credentials, by their last words. */
const secretNames =
  /(^|[_-])(password|passwd|pwd|passphrase|secret|secret[_-]?key|api[_-]?key|access[_-]?key|private[_-]?key|token|auth[_-]?token|credentials?|connection[_-]?string|dsn)$/i;
/** Values that credentials of known vendors look like, or that hold one. */
const secretValues =
  /^(sk-[A-Za-z0-9_-]{20,}|sty_[0-9A-Za-z]{39}|gh[pousr]_[A-Za-z0-9]{36,}|xox[abprs]-[A-Za-z0-9-]{10,}|A(KIA|SIA)[0-9A-Z]{16}|AIza[0-9A-Za-z_-]{35}|eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\..*|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*)$/;
const withPassword = /^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:[^/\s@]+@/i;
/** What stands in place of a value: another variable, a placeholder, a path, a switch. */
const noSecret = /^(\$[({].*|<.*>|\{\{.*|\/.*|true|false|none|null|x{3,}|\*+|[a-z]+:\/\/[^@]*)?$/i;
/** What people write where a value is to be put. */
const toBeReplaced =
  /^(change[-_ ]?(me|it)|replace[-_ ]?(me|this)?|to[-_ ]?do|your[-_ ].*|example|placeholder|dummy|redacted)$/i;

/** Whether something stands for a value that is put in later. */
export const isPlaceholder = (value: string): boolean => noSecret.test(value) || toBeReplaced.test(value);

/** Whether a variable is for a credential, by its name. */
export const isSecretName = (name: string): boolean => secretNames.test(name);

/** Whether a variable holds a credential in the open: by the look of its value, or by its name. */
export function isLiteralSecret(name: string, value: string): boolean {
  if (secretValues.test(value)) return true;
  if (withPassword.test(value)) return !/:\/\/[^:]*:\$[({]/.test(value);
  return isSecretName(name) && value.length >= 6 && !isPlaceholder(value);
}
