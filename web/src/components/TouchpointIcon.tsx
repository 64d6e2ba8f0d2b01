import {
  IconBrandLine,
  IconBroadcast,
  IconBuildingStore,
  IconDeviceMobile,
  IconHash,
  IconMail,
  IconMessages,
  IconPhone,
  IconWorld,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Touchpoint } from "@/lib/api";

const ICONS: Record<Touchpoint, typeof IconWorld> = {
  web: IconWorld,
  app: IconDeviceMobile,
  store: IconBuildingStore,
  call_center: IconPhone,
  email: IconMail,
  line: IconBrandLine,
  sns: IconHash,
  community: IconMessages,
  live: IconBroadcast,
};

export const TOUCHPOINTS = Object.keys(ICONS) as Touchpoint[];

export function TouchpointIcon({
  touchpoint,
  size = 16,
}: {
  touchpoint: string;
  size?: number;
}): ReactNode {
  const Icon = ICONS[touchpoint as Touchpoint] ?? IconWorld;
  return <Icon size={size} stroke={1.6} aria-hidden />;
}
