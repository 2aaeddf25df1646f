// What happens anywhere, as it happens: the server's one stream of events.

const EVENTS = "/api/v1/events";
const NAMES = ["document", "rubric", "reread", "presence"];

/**
 * `listen({ document, rubric, reread, presence, again })`: each is told of the events of its name; `again` when some may
 * have been missed, after a lost connection too. Returns a function that stops.
 */
export function listen(told) {
  const source = new EventSource(EVENTS);
  let opened = false;
  source.addEventListener("open", () => {
    if (opened) told.again?.();
    opened = true;
  });
  source.addEventListener("again", () => told.again?.());
  for (const name of NAMES) {
    source.addEventListener(name, (event) => {
      try {
        told[name]?.(JSON.parse(event.data));
      } catch (problem) {
        console.error(name, problem);
      }
    });
  }
  return () => source.close();
}
