/** Each value of an option that may be given several. */
export function listOf(parse: (text: string) => number): (text: string, before: unknown) => number[] {
  let values: number[] | null = null;
  return (text) => {
    values = [...(values ?? []), parse(text)];
    return values;
  };
}
