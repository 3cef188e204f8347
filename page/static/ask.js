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
