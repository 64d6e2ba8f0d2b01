import { Badge } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconPlayerPause, IconPower } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Destination } from "@/lib/api";
import { useWords } from "@/lib/words";
import { destinationWords } from "./destination-words";

const LOOKS = {
  ready: { color: "teal", icon: IconCheck },
  failing: { color: "red", icon: IconAlertTriangle },
  paused: { color: "yellow", icon: IconPlayerPause },
  off: { color: "gray", icon: IconPower },
};

export function DestinationState({ destination }: { destination: Destination }): ReactNode {
  const words = useWords(destinationWords).states;
  const { color, icon: Icon } = LOOKS[destination.state];
  return (
    <Badge variant="light" color={color} leftSection={<Icon size={11} aria-hidden />}>
      {words[destination.state]}
    </Badge>
  );
}
