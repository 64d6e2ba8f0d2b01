import { useEffect, useEffectEvent, useSyncExternalStore } from "react";
import type { EventRow, FlowMinute, Job } from "./api";

/** What each topic of `/api/live` carries. */
export interface LiveTopics {
  jobs: Job;
  tail: EventRow | EventRow[];
  flow: FlowMinute;
  [profile: `profile:${string}`]: EventRow | EventRow[];
}

type Listener = (data: unknown) => void;

const RETRY_MS_MIN = 1_000;
const RETRY_MS_MAX = 30_000;

const listeners = new Map<string, Set<Listener>>();
const statusListeners = new Set<() => void>();
let socket: WebSocket | null = null;
let retryMs = RETRY_MS_MIN;
let retryTimer: ReturnType<typeof setTimeout> | undefined;
let open = false;

function setOpen(value: boolean): void {
  open = value;
  for (const listener of statusListeners) listener();
}

function send(message: object): void {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

function connect(): void {
  if (socket || listeners.size === 0) return;
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  socket = new WebSocket(`${scheme}://${location.host}/api/live`);
  socket.onopen = () => {
    retryMs = RETRY_MS_MIN;
    for (const topic of listeners.keys()) send({ subscribe: topic });
    setOpen(true);
  };
  socket.onmessage = (message) => deliver(String(message.data));
  socket.onclose = () => {
    socket = null;
    setOpen(false);
    clearTimeout(retryTimer);
    retryTimer = setTimeout(connect, retryMs);
    retryMs = Math.min(retryMs * 2, RETRY_MS_MAX);
  };
}

function deliver(text: string): void {
  const { topic, data } = JSON.parse(text) as { topic?: string; data?: unknown };
  if (!topic) return;
  for (const listener of listeners.get(topic) ?? []) listener(data);
}

export function subscribe(topic: string, listener: Listener): () => void {
  const topicListeners = listeners.get(topic) ?? new Set();
  if (topicListeners.size === 0) send({ subscribe: topic });
  topicListeners.add(listener);
  listeners.set(topic, topicListeners);
  connect();
  return () => {
    topicListeners.delete(listener);
    if (topicListeners.size > 0) return;
    listeners.delete(topic);
    send({ unsubscribe: topic });
  };
}

/** Closes the socket, so that nothing of a member who signed out arrives later. */
export function closeLive(): void {
  clearTimeout(retryTimer);
  listeners.clear();
  socket?.close();
}

/** Calls back on every message of a topic while the component is shown. */
export function useLive<T extends keyof LiveTopics & string>(
  topic: T | null,
  onMessage: (data: LiveTopics[T]) => void,
): void {
  const receive = useEffectEvent((data: unknown) => onMessage(data as LiveTopics[T]));
  useEffect(() => (topic ? subscribe(topic, receive) : undefined), [topic]);
}

/** True while the socket is open; screens poll when it is not. */
export function useLiveOpen(): boolean {
  return useSyncExternalStore(
    (listener) => {
      statusListeners.add(listener);
      return () => statusListeners.delete(listener);
    },
    () => open,
  );
}

export function asList<T>(data: T | T[]): T[] {
  return Array.isArray(data) ? data : [data];
}
