// Everything the pages need, in one file. A page's own script is one line at the end, in order of the names.
import htmx from "htmx.org/dist/htmx.esm.js";
import "./clock.js";
import "./live.js";
import "./presence.js";
import "./offline.js";
import "./keys.js";
import "./toast.js";
import "./dialog.js";
import "./popup.js";
import "./menu.js";
import "./radios.js";
import "./combobox.js";
import "./search.js";
import "./commands.js";
import "./notices.js";
import "./copy.js";
import "./grid.js";
import "./picker.js";
import "./countdown.js";
import "./nav.js";
import "./tour.js";
import "./pages/profile.js";
import "./pages/columns.js";
import "./pages/contacts.js";
import "./pages/bulk.js";
import "./pages/log.js";
import "./pages/my_work.js";
import "./pages/doing_log.js";
import "./pages/pool.js";
import "./pages/routes.js";
import "./pages/conversations.js";

// What is swapped in answers at once: while it settles for transitions, which we have none of, a form in it would be sent
// as a browser without scripts does.
htmx.config.defaultSettleDelay = 0;

// By itself it waits for a moment, in which a key would send a form as a browser without scripts does.
htmx.initialize();
