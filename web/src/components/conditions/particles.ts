import { useLanguage } from "@/lib/words";

/** Little words around the fields of a row that only one of the languages has; their order is the sentence's. */
const PARTICLES = {
  en: { object: "", withinBefore: "within", withinAfter: "", agoAfter: "" },
  ja: { object: "を", withinBefore: "", withinAfter: "以内に", agoAfter: "より前" },
};

export function useParticles(): (typeof PARTICLES)["en"] {
  return PARTICLES[useLanguage().language];
}
