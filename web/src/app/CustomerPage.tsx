import type { ReactNode } from "react";
import { CustomerConsent } from "@/features/privacy/CustomerConsent";
import { CustomerRequests } from "@/features/privacy/CustomerRequests";
import { RestrictedBanner } from "@/features/privacy/RestrictedBanner";
import { ProfilePage } from "@/features/profiles/ProfilePage";
import { CustomerSegments } from "@/features/segments/CustomerSegments";
import { useMayDo } from "@/lib/session";

/** One customer as all domains see them: profiles knows who they are, segments where they belong, privacy what may be done. */
export function CustomerPage(): ReactNode {
  const mayDo = useMayDo();
  const maySee = mayDo("privacy.read");
  return (
    <ProfilePage
      notice={maySee ? (profile) => <RestrictedBanner profileId={profile.id} /> : undefined}
      action={
        mayDo("privacy.record") ? (profile) => <CustomerRequests profile={profile} /> : undefined
      }
      segments={
        mayDo("segments.read")
          ? (profile) => <CustomerSegments profileId={profile.id} />
          : undefined
      }
      consent={maySee ? (profile) => <CustomerConsent profileId={profile.id} /> : undefined}
    />
  );
}
