import { useState } from "react";
import { ApiProblem } from "./client";

type Errors<T> = Partial<Record<keyof T, string>>;

interface Form<T> {
  values: T;
  errors: Errors<T>;
  changed: boolean;
  set: <K extends keyof T>(name: K, value: T[K]) => void;
  /** Props for a text input. */
  text: (name: keyof T & string) => {
    name: string;
    value: string;
    error: string | undefined;
    onChange: (event: { currentTarget: { value: string } }) => void;
  };
  /** True when nothing is missing; otherwise shows what is, and puts the cursor there. */
  check: (names?: (keyof T)[]) => boolean;
  /** Puts the server's field errors beside their fields. */
  showProblem: (error: Error) => void;
  reset: (values: T) => void;
}

/** The state of one form: checked when it is sent, and then while it is corrected. */
export function useForm<T extends object>(
  initial: T,
  findErrors: (values: T) => Errors<T>,
): Form<T> {
  const [start, setStart] = useState(initial);
  const [values, setValues] = useState(initial);
  const [errors, setErrors] = useState<Errors<T>>({});
  const set: Form<T>["set"] = (name, value) => {
    const next = { ...values, [name]: value };
    setValues(next);
    if (errors[name]) setErrors({ ...errors, [name]: findErrors(next)[name] });
  };
  return {
    values,
    errors,
    changed: JSON.stringify(values) !== JSON.stringify(start),
    set,
    text: (name) => ({
      name,
      value: String(values[name] ?? ""),
      error: errors[name],
      onChange: (event) => set(name, event.currentTarget.value as T[typeof name]),
    }),
    check: (names) => {
      const found = findErrors(values);
      const shown = names
        ? (Object.fromEntries(names.filter((n) => found[n]).map((n) => [n, found[n]])) as Errors<T>)
        : found;
      setErrors(shown);
      const first = Object.keys(shown)[0];
      if (first) document.querySelector<HTMLElement>(`[name="${first}"]`)?.focus();
      return !first;
    },
    showProblem: (error) => {
      if (error instanceof ApiProblem) setErrors(error.fields as Errors<T>);
    },
    reset: (next) => {
      setStart(next);
      setValues(next);
      setErrors({});
    },
  };
}

export function isEmail(text: string): boolean {
  return /^[^\s@]+@[^\s@]+$/.test(text.trim());
}
