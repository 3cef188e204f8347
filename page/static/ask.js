// The worker, which computes what takes long while the page stays awake.

/**
 * Start the worker. What this returns asks it: `ask(kind, data, onProgress)` is a promise of the answer by the handler that
 * a module called *.worker.js has for that kind; `onProgress` is called with whatever the handler reports meanwhile.
 */
export function startWorker() {
  const text = document.getElementById("worker").textContent;
  const worker = new Worker(URL.createObjectURL(new Blob([text], {type: "text/javascript"})));
  const asked = [];
  worker.addEventListener("message", ({data: {id, progress, answer, error}}) => {
    if (progress !== undefined) asked[id].onProgress(progress);
    else if (error === undefined) asked[id].resolve(answer);
    else asked[id].reject(new Error(error));
  });
  worker.addEventListener("error", ({message}) => asked.forEach(({reject}) => reject(new Error(message))));
  return (kind, data, onProgress = () => {}) =>
    new Promise((resolve, reject) => {
      worker.postMessage({id: asked.push({resolve, reject, onProgress}) - 1, kind, data});
    });
}

/**
 * Have `answer` answer one question at a time: of those that come meanwhile only the newest is asked. The promise is that of
 * the last answer.
 */
export function newestOnly(answer) {
  const queue = {running: null, waiting: null};
  const next = async (question) => {
    await answer(question);
    const {waiting} = queue;
    queue.waiting = null;
    if (waiting) await next(waiting[0]);
    else queue.running = null;
  };
  return (question) => {
    if (queue.running) queue.waiting = [question];
    else queue.running = next(question);
    return queue.running;
  };
}
