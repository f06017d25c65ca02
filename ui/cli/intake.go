package cli

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"otpane/otpcore"
	"otpane/otpcore/exchange"
	"otpane/otpcore/qr"
)

// intake is what the files of an import hold together.
type intake struct {
	batch otpcore.Batch
	fault error // files that could not be read at all, beside others that could
}

// gather reads every file. One that cannot be read does not keep the others
// out; it is an error of its own when it is alone or none of them can.
func (p *program) gather(ctx context.Context, inputs []input) (intake, error) {
	var in intake
	var bad []*fault
	for _, from := range inputs {
		batch, err := readAccounts(ctx, from)
		if err != nil {
			bad = append(bad, asFault(err))
		}
		if err != nil && len(batch.Skipped) == 0 {
			batch.Skipped = []otpcore.Skip{{Where: from.name, Reason: asFault(err).what}}
		} else if len(inputs) > 1 {
			batch.Skipped = placed(from.name, batch.Skipped)
		}
		in.batch = in.batch.Join(batch)
	}
	switch {
	case len(bad) == 0:
		return in, nil
	case len(inputs) == 1:
		return in, bad[0]
	case len(bad) == len(inputs):
		return in, &fault{status: bad[0].status, what: "nothing to import in these files", list: skipLines(in.batch.Skipped), err: bad[0]}
	}
	in.fault = &fault{status: failed, what: count(len(bad), "file", "files") + " could not be imported"}
	return in, nil
}

// readAccounts reads one input by its content. Of a batch without accounts the
// entries that were left out still come back.
func readAccounts(ctx context.Context, from input) (otpcore.Batch, error) {
	file := from.name
	data, err := from.read(ctx, maxExport)
	if err != nil {
		return otpcore.Batch{}, err
	}
	if !qr.IsPicture(data) {
		batch, err := exchange.Read(ctx, data, exchange.Options{})
		return batch, intakeFault(file, batch, err)
	}
	codes, err := codesIn(ctx, file, data, nil)
	if err != nil {
		return otpcore.Batch{}, err
	}
	var texts []string
	for _, code := range codes {
		texts = append(texts, code.Text)
	}
	batch, err := exchange.ReadTexts(texts)
	return batch, intakeFault(file, batch, err)
}

// intakeFault says why nothing of a file can be used.
func intakeFault(file string, batch otpcore.Batch, err error) error {
	switch {
	case err == nil:
		return nil
	case len(batch.Skipped) > 0:
		return nothingUsable(file, batch, err)
	case errors.Is(err, exchange.ErrUnknown):
		return &fault{status: failed, what: "not a picture and not an export that otpane knows: " + file, err: err,
			hint: "pictures of QR codes, lists of otpauth URIs, Google transfers and otpane's own JSON are read"}
	}
	return &fault{status: failed, what: file + ": " + err.Error(), err: err}
}

// nothingUsable names the reason if there is one, and lists them if there are
// several.
func nothingUsable(file string, batch otpcore.Batch, err error) error {
	if len(batch.Skipped) > 1 {
		return &fault{status: failed, what: "no usable account in " + file, list: skipLines(batch.Skipped), err: err}
	}
	skip, advice := batch.Skipped[0], ""
	if errors.Is(err, exchange.ErrUnknown) { // it is no account at all
		skip.Reason, advice = clauses(skip.Reason)
	}
	return &fault{status: failed, what: file + ", " + skip.Where + ": " + skip.Reason, hint: advice, err: err}
}

// clauses are the two sentences of a refusal that says what to do instead.
func clauses(reason string) (fact, advice string) {
	fact, advice, found := strings.Cut(reason, ". ")
	if !found {
		return reason, ""
	}
	return lowerFirst(fact), lowerFirst(advice)
}

func lowerFirst(text string) string {
	_, size := utf8.DecodeRuneInString(text)
	return strings.ToLower(text[:size]) + text[size:]
}

// placed puts the file in front of a place in it.
func placed(file string, skips []otpcore.Skip) []otpcore.Skip {
	named := slices.Clone(skips)
	for i := range named {
		named[i].Where = file + ", " + named[i].Where
	}
	return named
}
