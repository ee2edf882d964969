/** So many at once and no more. */
export interface Places {
  readonly taken: number;
  readonly isFull: boolean;
  /** @returns what gives the place back, to be called once; null, counted as shed, where all are taken */
  take(): (() => void) | null;
}

export function createPlaces(max: number, onShed: () => void): Places {
  let taken = 0;
  const leave = (): void => {
    taken -= 1;
  };
  return {
    get taken() {
      return taken;
    },
    get isFull() {
      return taken >= max;
    },
    take() {
      if (taken >= max) {
        onShed();
        return null;
      }
      taken += 1;
      return leave;
    },
  };
}
