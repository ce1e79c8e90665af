const token = /"[^"\\]*(?:\\[\s\S][^"\\]*)*"|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g;

/** JSON with comments, as templates of Azure may have them, made JSON: blanks stand where comments stood, so that every place stays. */
export const withoutComments = (text: string): string =>
  text.replace(token, (found) => (found.startsWith('"') ? found : found.replace(/[^\r\n]/g, ' ')));
