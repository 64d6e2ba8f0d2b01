import { useWords } from "@/lib/words";
import { destinationWords } from "./destination-words";

/** Why something was not taken; a reason that is not known here shows itself. */
export function useReason(): (reason: string | null, status: number | null) => string {
  const words = useWords(destinationWords).reasons;
  return (reason, status) => {
    if (reason === "answered") return words.answered(String(status ?? "?"));
    const texts: Record<string, unknown> = words;
    return String(texts[reason ?? ""] ?? reason ?? "");
  };
}
