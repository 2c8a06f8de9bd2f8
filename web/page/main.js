import { keepPage } from "./offline.js";
import { dropping } from "./panels/drop.js";
import { filePanel } from "./panels/file.js";
import { modelPanel } from "./panels/model.js";
import { Models } from "./panels/models.js";
import { tabs } from "./panels/tabs.js";
import { textPanel } from "./panels/text.js";
import { byId } from "./view/dom.js";

const config = JSON.parse(byId("config").textContent);
const page = new URL(".", document.baseURI);
const served = config.model ? { ...config.model, url: new URL(config.model.url, page).href } : null;
const models = new Models(new URLSearchParams(location.search).get("kernels") ?? undefined);

tabs();
modelPanel(models, served);
textPanel(models);
dropping(models, filePanel(models));

models.addEventListener("opened", () => performance.mark("lorica-ready"), { once: true }); // for measurements
// The page's files are kept once the model is there: until then both would be waiting for the same line.
models.addEventListener("opened", () => keepPage(new URL("sw.js", page)), { once: true });
if (served) models.open(served);
else {
  byId("model-none").hidden = false;
  byId("model-details").open = true;
}
