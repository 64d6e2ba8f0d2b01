/**
 * How text is compared: so that ＡＢＣ, ABC and abc are one word, the same as on the server.
 *
 * NFKC, then each character's lower case: only its first code point where it has several, which is
 * İ alone; σ for every form of sigma, wherever it stands in the word.
 */
export function fold(text: string): string {
  return text.normalize("NFKC").replace(/İ/g, "I").toLowerCase().replace(/ς/g, "σ");
}
