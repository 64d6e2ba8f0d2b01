import type { ReactNode } from "react";
import { useNames } from "@/lib/names";
import { useLanguage, useWords } from "@/lib/words";
import { useBuilder, useFault } from "./builder-context";
import type { ConsentLeaf, FactLeaf, IdentifierLeaf, SegmentLeaf, TraitLeaf } from "./condition";
import { conditionWords } from "./condition-words";
import { Glue, NameField, Pick } from "./fields";
import { TestFields } from "./TestFields";
import { IDENTIFIER_TESTS, readType, startTest } from "./test-rules";

interface PersonProps<L> {
  leaf: L;
  negated: boolean;
  onChange: (leaf: L, negated: boolean) => void;
  place: string;
}

export function TraitLine({ leaf, negated, onChange, place }: PersonProps<TraitLeaf>): ReactNode {
  const words = useWords(conditionWords).person;
  const { catalogue } = useBuilder();
  const typeOf = (name: string) =>
    readType(catalogue.traits.find((one) => one.name === name)?.type);
  const type = typeOf(leaf.name);
  const hidden = catalogue.traits.some((one) => one.name === leaf.name && one.hidden);
  const rename = (name: string) => {
    const next = typeOf(name);
    const unseen = catalogue.traits.some((one) => one.name === name && one.hidden);
    const fits = next === "unknown" || next === type;
    const test = unseen ? { op: "exists" as const } : fits ? leaf.test : startTest(next);
    onChange({ ...leaf, name, test }, negated);
  };
  return (
    <>
      <NameField
        label={words.trait}
        placeholder={words.traitPlaceholder}
        value={leaf.name}
        options={catalogue.traits.map((one) => ({ value: one.name }))}
        onChange={rename}
        fault={useFault(`${place}.name`)}
      />
      <TestFields
        test={leaf.test}
        type={type}
        hidden={hidden}
        place={`${place}.test`}
        source={{ kind: "trait", name: leaf.name }}
        negated={negated}
        onNegated={(test, opposite) => onChange({ ...leaf, test }, opposite)}
        onChange={(test) => onChange({ ...leaf, test }, negated)}
      />
    </>
  );
}

export function IdentifierLine({
  leaf,
  negated,
  onChange,
  place,
}: PersonProps<IdentifierLeaf>): ReactNode {
  const words = useWords(conditionWords).person;
  const names = useNames();
  const { catalogue } = useBuilder();
  const types = [...new Set([...catalogue.identifier_types.map((one) => one.type), leaf.type])];
  const hidden = catalogue.identifier_types.some((one) => one.type === leaf.type && one.hidden);
  return (
    <>
      <Pick
        label={words.identifier}
        value={leaf.type}
        data={types.map((value) => ({ value, label: names.identifier(value) }))}
        onChange={(type) => onChange({ ...leaf, type }, negated)}
        fault={useFault(`${place}.type`)}
      />
      <TestFields
        test={leaf.test}
        type="text"
        choices={IDENTIFIER_TESTS}
        hidden={hidden}
        place={`${place}.test`}
        negated={negated}
        onNegated={(test, opposite) => onChange({ ...leaf, test }, opposite)}
        onChange={(test) => onChange({ ...leaf, test }, negated)}
      />
    </>
  );
}

export function FactLine({ leaf, negated, onChange, place }: PersonProps<FactLeaf>): ReactNode {
  const words = useWords(conditionWords).person;
  const { language } = useLanguage();
  const { catalogue } = useBuilder();
  const fact = catalogue.facts.find((one) => one.name === leaf.name);
  return (
    <>
      <NameField
        label={words.fact}
        placeholder={words.factPlaceholder}
        value={leaf.name}
        options={catalogue.facts.map((one) => ({ value: one.name, note: one.title[language] }))}
        onChange={(name) => onChange({ ...leaf, name }, negated)}
        fault={useFault(`${place}.name`)}
      />
      <TestFields
        test={leaf.test}
        type={readType(fact?.type)}
        place={`${place}.test`}
        negated={negated}
        onNegated={(test, opposite) => onChange({ ...leaf, test }, opposite)}
        onChange={(test) => onChange({ ...leaf, test }, negated)}
      />
    </>
  );
}

export function SegmentLine({
  leaf,
  negated,
  onChange,
  place,
}: PersonProps<SegmentLeaf>): ReactNode {
  const words = useWords(conditionWords).person;
  const { catalogue } = useBuilder();
  const known = catalogue.segments.some((one) => one.id === leaf.id);
  const data = catalogue.segments.map((one) => ({ value: String(one.id), label: one.name }));
  return (
    <Pick
      label={words.segment}
      placeholder={words.segmentPlaceholder}
      value={leaf.id > 0 ? String(leaf.id) : null}
      data={
        known || leaf.id === 0 ? data : [...data, { value: String(leaf.id), label: `#${leaf.id}` }]
      }
      onChange={(id) => onChange({ ...leaf, id: Number(id) }, negated)}
      searchable
      fault={useFault(`${place}.id`)}
    />
  );
}

const ANY_CHANNEL = "-";

export function ConsentLine({
  leaf,
  negated,
  onChange,
  place,
}: PersonProps<ConsentLeaf>): ReactNode {
  const words = useWords(conditionWords).person;
  const names = useNames();
  const { language } = useLanguage();
  const { catalogue } = useBuilder();
  const purpose = catalogue.purposes.find((one) => one.key === leaf.purpose);
  const purposeFault = useFault(`${place}.purpose`);
  const channelFault = useFault(`${place}.channel`);
  const keys = new Map(catalogue.purposes.map((one) => [one.key, one.title[language]]));
  if (leaf.purpose && !keys.has(leaf.purpose)) keys.set(leaf.purpose, leaf.purpose);
  const channels = [...new Set([...(purpose?.channels ?? []), leaf.channel ?? ""])].filter(Boolean);
  return (
    <>
      <Pick
        label={words.purpose}
        placeholder={words.purposePlaceholder}
        value={leaf.purpose || null}
        data={[...keys].map(([value, label]) => ({ value, label }))}
        onChange={(next) => {
          const offered = catalogue.purposes.find((one) => one.key === next)?.channels ?? [];
          const [first] = offered;
          onChange({ kind: "consent", purpose: next, ...(first && { channel: first }) }, negated);
        }}
        fault={purposeFault}
      />
      {channels.length > 0 && (
        <>
          <Glue>{words.by}</Glue>
          <Pick
            label={words.channel}
            value={leaf.channel || ANY_CHANNEL}
            data={[
              { value: ANY_CHANNEL, label: words.noChannel },
              ...channels.map((value) => ({ value, label: names.channel(value) })),
            ]}
            onChange={(next) =>
              onChange({ ...leaf, channel: next === ANY_CHANNEL ? "" : next }, negated)
            }
            fault={channelFault}
          />
        </>
      )}
    </>
  );
}
