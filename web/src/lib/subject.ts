/** The name that a sentence of the server carries in “ ”; or the sentence itself. */
export function readSubject(sentence: string): string {
  return /“(.*?)”/s.exec(sentence)?.[1] ?? sentence;
}
