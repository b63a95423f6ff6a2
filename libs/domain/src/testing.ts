/** Folds what happened; `when` answers what a decision records then: `expect(given(decider, …events).when(decide)).toEqual([…])`. */
export function given<State, Event>(
  { initial, evolve }: { readonly initial: State; readonly evolve: (state: State, event: Event) => State },
  ...events: readonly NoInfer<Event>[]
) {
  const state = events.reduce(evolve, initial)
  return { state, when: (decide: (state: State) => readonly Event[]) => decide(state) }
}
