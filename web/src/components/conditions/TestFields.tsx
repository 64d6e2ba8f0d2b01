import type { ReactNode } from "react";
import { useWords } from "@/lib/words";
import { useFault } from "./builder-context";
import type { Test, Zone } from "./condition";
import type { ValueSource } from "./condition-queries";
import { conditionWords } from "./condition-words";
import { Glue, NumberField, Pick } from "./fields";
import { changeTest, listChoices, readChoice, type TestChoice, type ValueType } from "./test-rules";
import { ScalarField, ScalarsField, TextField } from "./ValueFields";
import { WindowFields } from "./WindowFields";
import { readWindow } from "./window-rules";

interface TestFieldsProps {
  test: Test;
  onChange: (test: Test) => void;
  type: ValueType;
  place: string;
  source?: ValueSource;
  choices?: TestChoice[];
  /** The role does not see the values: it may ask whether there is one, and no more. */
  hidden?: boolean;
  /** Where the row can say the opposite: whether it does, and how it takes both at once. */
  negated?: boolean;
  onNegated?: (test: Test, negated: boolean) => void;
}

type Choice = TestChoice | `${TestChoice}Not`;

/** How a value is compared, and with what. */
export function TestFields(props: TestFieldsProps): ReactNode {
  const { test, onChange, type, negated = false, onNegated } = props;
  const words = useWords(conditionWords).test;
  const current = readChoice(test);
  const all = props.choices ?? listChoices(type);
  const choices = props.hidden ? all.filter((one) => one === "exists" || one === current) : all;
  const shown: Choice[] = onNegated
    ? choices.flatMap((choice): Choice[] => [choice, `${choice}Not`])
    : choices;
  const choose = (choice: Choice) => {
    const opposite = choice.endsWith("Not");
    const plain = (opposite ? choice.slice(0, -3) : choice) as TestChoice;
    const next = plain === readChoice(test) ? test : changeTest(test, plain, type);
    if (onNegated) onNegated(next, opposite);
    else onChange(next);
  };
  return (
    <>
      <Pick
        label={words.label}
        value={negated && onNegated ? (`${current}Not` as Choice) : current}
        data={shown.map((choice) => ({ value: choice, label: words[choice] }))}
        onChange={choose}
        fault={useFault(`${props.place}.op`)}
      />
      <TestValue {...props} />
    </>
  );
}

function TestValue({ test, onChange, type, place, source }: TestFieldsProps): ReactNode {
  const from = source ?? null;
  switch (test.op) {
    case "exists":
      return null;
    case "is":
      return (
        <ScalarField
          value={test.value}
          onChange={(value) => onChange({ ...test, value })}
          source={from}
          type={type}
          place={`${place}.value`}
        />
      );
    case "in":
    case "has":
      return (
        <ScalarsField
          values={test.values}
          onChange={(values) => onChange({ ...test, values })}
          source={from}
          type={type === "list" ? "unknown" : type}
          place={`${place}.values`}
        />
      );
    case "between":
      return <BetweenFields test={test} onChange={onChange} place={place} />;
    case "dated":
      return <DatedFields test={test} onChange={onChange} place={place} source={source} />;
    case "anniversary":
      return <AnniversaryFields test={test} onChange={onChange} place={place} />;
    default:
      return (
        <TextField
          value={test.value}
          onChange={(value) => onChange({ ...test, value })}
          place={`${place}.value`}
        />
      );
  }
}

interface OneTest<O extends Test["op"]> {
  test: Extract<Test, { op: O }>;
  onChange: (test: Test) => void;
  place: string;
  source?: ValueSource;
}

function BetweenFields({ test, onChange, place }: OneTest<"between">): ReactNode {
  const words = useWords(conditionWords).test;
  const lowFault = useFault(`${place}.low`);
  const highFault = useFault(`${place}.high`);
  const { low = null, high = null } = test;
  return (
    <>
      {(low !== null || high === null) && (
        <NumberField
          label={high === null ? words.value : words.low}
          value={low ?? 0}
          onChange={(next) => onChange({ ...test, low: next })}
          fault={lowFault}
        />
      )}
      {low !== null && high !== null && <Glue>{words.and}</Glue>}
      {high !== null && (
        <NumberField
          label={low === null ? words.value : words.high}
          value={high}
          onChange={(next) => onChange({ ...test, high: next })}
          fault={highFault}
        />
      )}
    </>
  );
}

function DatedFields({ test, onChange, place, source }: OneTest<"dated">): ReactNode {
  return (
    <>
      <WindowFields
        window={{ since: test.since, until: test.until }}
        onChange={(window) =>
          onChange({ op: "dated", ...window, ...(test.zone && { zone: test.zone }) })
        }
        place={place}
        ahead
        bounded={readWindow({ since: test.since, until: test.until }).way !== "ever"}
      />
      {source?.kind !== "property" && (
        <ZonePick zone={test.zone} onChange={(zone) => onChange({ ...test, zone })} />
      )}
    </>
  );
}

function AnniversaryFields({ test, onChange, place }: OneTest<"anniversary">): ReactNode {
  const words = useWords(conditionWords).test;
  const firstFault = useFault(`${place}.first`);
  const lastFault = useFault(`${place}.last`);
  return (
    <>
      <Glue>{words.annFrom}</Glue>
      <NumberField
        label={words.first}
        value={test.first ?? 0}
        onChange={(first) => onChange({ ...test, first })}
        min={-366}
        max={366}
        whole
        fault={firstFault}
      />
      <Glue>{words.annTo}</Glue>
      <NumberField
        label={words.last}
        value={test.last ?? 0}
        onChange={(last) => onChange({ ...test, last })}
        min={-366}
        max={366}
        whole
        fault={lastFault}
      />
      <Glue>{words.annAfter}</Glue>
      <ZonePick zone={test.zone} onChange={(zone) => onChange({ ...test, zone })} />
    </>
  );
}

function ZonePick({
  zone = "workspace",
  onChange,
}: {
  zone: Zone | undefined;
  onChange: (zone: Zone) => void;
}): ReactNode {
  const words = useWords(conditionWords).window;
  return (
    <Pick
      label={words.zone}
      value={zone}
      data={[
        { value: "workspace", label: words.workspace },
        { value: "person", label: words.person },
      ]}
      onChange={onChange}
    />
  );
}
