import { ActionIcon } from "@mantine/core";
import { IconPin, IconPinFilled } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { client, unwrap } from "@/lib/client";
import { useWords } from "@/lib/words";
import { dashboardWords } from "./dashboard-words";

type PinButtonProps = { name: string; pinned: boolean } & (
  | { kind: "report"; id: number }
  | { kind: "dashboard"; id: string }
);

/** Puts something on top of one's own list, or takes it down. */
export function PinButton(props: PinButtonProps): ReactNode {
  const { name, pinned, kind } = props;
  const words = useWords(dashboardWords).list;
  const pin = usePin();
  const label = pinned ? words.unpin(name) : words.pin(name);
  const Icon = pinned ? IconPinFilled : IconPin;
  return (
    <ActionIcon
      variant="subtle"
      color={pinned ? "indigo" : "gray"}
      aria-label={label}
      title={label}
      aria-pressed={pinned}
      loading={pin.isPending}
      onClick={(event) => {
        // The row behind it opens the record.
        event.stopPropagation();
        event.preventDefault();
        pin.mutate(
          kind === "report"
            ? { kind, id: props.id, on: !pinned }
            : { kind, id: props.id, on: !pinned },
        );
      }}
    >
      <Icon size={16} />
    </ActionIcon>
  );
}

type Pinned = { on: boolean } & (
  | { kind: "report"; id: number }
  | { kind: "dashboard"; id: string }
);

export function usePin() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (wanted: Pinned) => {
      if (wanted.kind === "report") {
        const path = { params: { path: { id: wanted.id } } };
        await unwrap(
          wanted.on
            ? client.PUT("/api/analytics/reports/{id}/pin", path)
            : client.DELETE("/api/analytics/reports/{id}/pin", path),
        );
      } else {
        const path = { params: { path: { ref: wanted.id } } };
        await unwrap(
          wanted.on
            ? client.PUT("/api/analytics/dashboards/{ref}/pin", path)
            : client.DELETE("/api/analytics/dashboards/{ref}/pin", path),
        );
      }
    },
    onSuccess: (_, { kind }) =>
      queries.invalidateQueries({
        queryKey: ["analytics", kind === "report" ? "reports" : "dashboards"],
      }),
  });
}
