import createClient, { type Middleware } from "openapi-fetch";
import type { Problem, paths } from "./api";

/** An answer of the server that says what went wrong and what to do. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly kind: string;
  readonly code: string;
  readonly requestId: string | undefined;
  readonly fields: Record<string, string>;

  constructor(problem: Problem) {
    super(problem.detail || problem.title);
    this.status = problem.status;
    this.kind = problem.kind ?? "unknown";
    this.code = problem.code ?? String(problem.status);
    this.requestId = problem.request_id;
    this.fields = Object.fromEntries(
      (problem.errors ?? []).map((error) => [error.field, error.message]),
    );
  }
}

let csrfToken = "";

/** The token comes with `GET /api/me`; every unsafe request repeats it. */
export function rememberCsrfToken(token: string): void {
  csrfToken = token;
}

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

const csrf: Middleware = {
  onRequest({ request }) {
    if (!SAFE.has(request.method) && csrfToken) request.headers.set("X-CSRF-Token", csrfToken);
    return request;
  },
};

export const client = createClient<paths>({ baseUrl: "", credentials: "same-origin" });
client.use(csrf);

/** A name as one part of an address: servers decode a slash before they look for the parts. */
export function asPathPart(name: string): string {
  return name.replaceAll("/", "%2F");
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** Gives the data of an answer, or throws the problem in it. */
export async function unwrap<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answer;
  if (response.ok) return data as T;
  throw new ApiProblem(readProblem(error, response));
}

function readProblem(error: unknown, response: Response): Problem {
  const status = response.status;
  if (error && typeof error === "object" && "title" in error) {
    return { ...(error as Problem), status };
  }
  return { title: response.statusText || `HTTP ${status}`, status };
}

/** Sends a file as the raw body and reports how much of it has left; fetch cannot report that. */
export function uploadFile<T>(
  url: string,
  file: File,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.responseType = "json";
    request.setRequestHeader("X-CSRF-Token", csrfToken);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    request.onload = () => {
      if (request.status < 300) resolve(request.response as T);
      else
        reject(
          new ApiProblem({
            title: request.statusText,
            ...request.response,
            status: request.status,
          }),
        );
    };
    request.onerror = () =>
      reject(new ApiProblem({ title: "Network", status: 0, kind: "unavailable" }));
    signal.addEventListener("abort", () => request.abort());
    request.onabort = () => reject(new DOMException("Aborted", "AbortError"));
    request.send(file);
  });
}
