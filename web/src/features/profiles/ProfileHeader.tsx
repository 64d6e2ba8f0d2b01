import { Badge, Group, Text } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { CopyIcon } from "@/components/CopyField";
import { TimeText } from "@/components/TimeText";
import { TouchpointIcon } from "@/components/TouchpointIcon";
import type { Identifier, Profile } from "@/lib/api";
import { useNames } from "@/lib/names";
import { useWords } from "@/lib/words";
import classes from "./ProfileHeader.module.css";
import { rankIdentifiers } from "./profile-name";
import { profileWords } from "./profile-words";
import { Revealable } from "./reveal";
import { spanTouchpoints } from "./touchpoint-spans";

const KNOWN = new Set(["user_id", "email", "phone", "line_id"]);
const IDENTIFIERS_SHOWN = 6;

interface ProfileHeaderProps {
  profile: Profile;
  segments?: ReactNode;
}

export function ProfileHeader({ profile, segments }: ProfileHeaderProps): ReactNode {
  const words = useWords(profileWords);
  const kana =
    profile.name_kana ?? profile.traits.find((trait) => trait.name === "name_kana")?.value;
  const known = profile.identifiers.some((identifier) => KNOWN.has(identifier.type));
  return (
    <div className={classes.header}>
      <div className={classes.who}>
        <Group gap="xs" mb={10}>
          {profile.masked.includes("name") && (
            <RevealedText profile={profile} field="name" label={words.list.name} />
          )}
          {typeof kana === "string" && (
            <RevealedText profile={profile} field="name_kana" label={words.list.kana} text={kana} />
          )}
          <Badge variant="light" color={known ? "indigo" : "gray"}>
            {known ? words.list.known : words.list.anonymous}
          </Badge>
          <Text size="sm" c="dimmed" component="span">
            {words.page.firstSeen} <TimeText at={profile.first_seen} /> · {words.page.lastSeen}{" "}
            <TimeText at={profile.last_seen} />
          </Text>
        </Group>
        <Identifiers profile={profile} />
        {segments}
      </div>
      <Touchpoints profile={profile} />
    </div>
  );
}

interface RevealedTextProps {
  profile: Profile;
  field: "name" | "name_kana";
  label: string;
  text?: string;
}

function RevealedText({ profile, field, label, text }: RevealedTextProps): ReactNode {
  return (
    <Text size="sm" c="dimmed" component="span">
      <Revealable
        field={field}
        label={label}
        masked={profile.masked.includes(field)}
        show={(value) => String(value ?? text ?? profile[field])}
      />
    </Text>
  );
}

function Identifiers({ profile }: { profile: Profile }): ReactNode {
  const words = useWords(profileWords).page;
  const names = useNames();
  const [all, setAll] = useState(false);
  const identifiers = rankIdentifiers(profile.identifiers);
  const shown = all ? identifiers : identifiers.slice(0, IDENTIFIERS_SHOWN);
  const hidden = identifiers.length - shown.length;
  return (
    <ul className={classes.identifiers} aria-label={words.identifiers}>
      {shown.map((identifier) => (
        <li key={placeOf(profile, identifier)} className={classes.identifier}>
          <span className={classes.type}>{names.identifier(identifier.type)}</span>
          <Revealable
            field={`identifiers.${identifier.type}`}
            label={names.identifier(identifier.type)}
            masked={identifier.masked}
            show={(values) => (
              <IdentifierValue identifier={identifier} value={pick(profile, identifier, values)} />
            )}
          />
        </li>
      ))}
      {hidden > 0 && (
        <li>
          <button type="button" className={classes.more} onClick={() => setAll(true)}>
            {words.more(String(hidden))}
          </button>
        </li>
      )}
    </ul>
  );
}

function IdentifierValue({
  identifier,
  value,
}: {
  identifier: Identifier;
  value: string | undefined;
}): ReactNode {
  const shown = value ?? identifier.value;
  return (
    <>
      <span className={classes.value} title={shown}>
        {shown}
      </span>
      {(!identifier.masked || value !== undefined) && <CopyIcon value={shown} />}
    </>
  );
}

/** A masked value tells two identifiers of a type apart no more than their places do. */
function placeOf(profile: Profile, identifier: Identifier): string {
  const alike = profile.identifiers.filter((one) => one.type === identifier.type);
  return `${identifier.type} ${alike.indexOf(identifier)}`;
}

/** Revealed are all of a type, in the order in which the profile lists them. */
function pick(profile: Profile, identifier: Identifier, values: unknown): string | undefined {
  const alike = profile.identifiers.filter((one) => one.type === identifier.type);
  return Array.isArray(values) ? String(values[alike.indexOf(identifier)]) : undefined;
}

/** When each touchpoint was in use: a bar from its first to its last event, over the profile's life. */
function Touchpoints({ profile }: { profile: Profile }): ReactNode {
  const words = useWords(profileWords).page;
  const names = useNames();
  const spans = spanTouchpoints(profile);
  if (spans.length === 0) return null;
  return (
    <ul className={classes.touchpoints} aria-label={words.touchpoints}>
      {spans.map((span) => (
        <li key={span.touchpoint} className={classes.touchpoint}>
          <TouchpointIcon touchpoint={span.touchpoint} size={15} />
          <span>{names.touchpoint(span.touchpoint)}</span>
          <span className={classes.bar} aria-hidden>
            <span
              style={{ marginInlineStart: `${span.start * 100}%`, width: `${span.length * 100}%` }}
            />
          </span>
          <span className={classes.count}>
            <TimeText at={span.lastSeen} />
          </span>
        </li>
      ))}
    </ul>
  );
}
