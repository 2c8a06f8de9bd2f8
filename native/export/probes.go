package export

// probeTexts are the fixed sentences whose logits travel in every bundle. They are short and long, plain and odd, so that a
// tokenizer or a kernel that goes wrong in one place is likely to show.
var probeTexts = []string{
	"Absolutely loved it.",
	"Refunded after forty minutes: the tutorial crashed twice and my save was gone.",
	"not bad, not great... worth it on sale i guess",
	"10/10 would lose my entire weekend to this again!!!",
	"The art is gorgeous and the soundtrack deserves an award, but the combat is a slog, the map is empty, and after the second " +
		"patch my frame rate fell from 90 to 25. I kept hoping that the story would make up for it. It did not.",
	"¡Qué juego tan divertido! Naïve café crowds would agree — “magnifique”.",
	"😂😂 the bugs ARE the content",
	"gg ez   \t  uninstalled\nreinstalled\nuninstalled",
}
