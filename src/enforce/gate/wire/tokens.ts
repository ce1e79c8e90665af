/** Four characters a token is the services' own rule of thumb for English; what a service says itself stands above it. */
const charactersPerToken = 4;

export function estimateTokens(characters: number): number {
  return Math.ceil(characters / charactersPerToken);
}
