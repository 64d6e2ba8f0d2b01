import { type ReactNode, useId } from "react";

/** 絆: two strands, each held by the other. The masks leave air where one passes under. */
export function Mark({ size = 28 }: { size?: number }): ReactNode {
  const id = useId();
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" fill="none" aria-hidden="true">
      <mask id={`${id}a`} maskUnits="userSpaceOnUse" x="-8" y="-8" width="48" height="48">
        <path d="M-8-8h48v48h-48z" fill="#fff" />
        <path d="M26 13H19" stroke="#000" strokeWidth="5.6" />
      </mask>
      <mask id={`${id}b`} maskUnits="userSpaceOnUse" x="-8" y="-8" width="48" height="48">
        <path d="M-8-8h48v48h-48z" fill="#fff" />
        <path d="M13 19H6" stroke="#000" strokeWidth="5.6" />
      </mask>
      <g transform="rotate(-22 16 16)" strokeWidth="3" strokeLinecap="round">
        <path
          d="M4.5 7H17a6 6 0 0 1 0 12H4.5"
          stroke="var(--mark-first, #3b3a8f)"
          mask={`url(#${id}a)`}
        />
        <path
          d="M27.5 13H15a6 6 0 0 0 0 12H27.5"
          stroke="var(--mark-second, #d9482b)"
          mask={`url(#${id}b)`}
        />
      </g>
    </svg>
  );
}
