package cli

import (
	"context"
	"errors"
	"slices"

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
func (p *program) gather(ctx context.Context, files []string) (intake, error) {
	var in intake
	var bad []*fault
	for _, file := range files {
		batch, err := p.readAccounts(ctx, file)
		if err != nil {
			bad = append(bad, asFault(err))
			in.add(otpcore.Batch{Skipped: refused(file, err, batch)})
			continue
		}
		if len(files) > 1 {
			batch.Skipped = placed(file, batch.Skipped)
		}
		in.add(batch)
	}
	switch {
	case len(bad) == 0:
		return in, nil
	case len(files) == 1:
		return in, bad[0]
	case len(bad) == len(files):
		return in, &fault{status: bad[0].status, what: "nothing to import in these files", list: skipLines(in.batch.Skipped), err: bad[0]}
	}
	in.fault = &fault{status: failed, what: count(len(bad), "file", "files") + " could not be imported"}
	return in, nil
}

// readAccounts reads one file by its content. Of a batch without accounts the
// entries that were left out still come back.
func (p *program) readAccounts(ctx context.Context, file string) (otpcore.Batch, error) {
	data, err := p.read(file, maxExport)
	if err != nil {
		return otpcore.Batch{}, err
	}
	if !qr.IsPicture(data) {
		batch, err := exchange.Read(data, exchange.Options{})
		return batch, exportFault(file, batch, err)
	}
	codes, err := codesIn(ctx, file, data)
	if err != nil {
		return otpcore.Batch{}, err
	}
	var texts []string
	for _, code := range codes {
		texts = append(texts, code.Text)
	}
	batch, err := exchange.ReadTexts(texts)
	return batch, codeFault(file, texts, batch, err)
}

func exportFault(file string, batch otpcore.Batch, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, exchange.ErrUnknown):
		return &fault{status: failed, what: "not a picture and not an export that otpane knows: " + file, err: err,
			hint: "pictures of QR codes, lists of otpauth URIs, Google transfers and otpane's own JSON are read"}
	}
	return nothingUsable(file, batch, err)
}

// codeFault says what the QR codes of a picture are when none is an account.
func codeFault(file string, texts []string, batch otpcore.Batch, err error) error {
	if errors.Is(err, exchange.ErrUnknown) && len(texts) == 1 {
		return &fault{status: failed, what: file + ": " + exchange.Explain(texts[0]), err: err}
	}
	if err != nil {
		return nothingUsable(file, batch, err)
	}
	return nil
}

// nothingUsable names the reason if there is one, and lists them if there are
// several.
func nothingUsable(file string, batch otpcore.Batch, err error) error {
	f := &fault{status: failed, what: "no usable account in " + file, err: err}
	switch len(batch.Skipped) {
	case 0:
		f.what += ": " + err.Error()
	case 1:
		f.what = file + ", " + skipLines(batch.Skipped)[0]
	default:
		f.list = skipLines(batch.Skipped)
	}
	return f
}

// refused are the skipped entries of a file of which nothing came in.
func refused(file string, err error, batch otpcore.Batch) []otpcore.Skip {
	if len(batch.Skipped) > 0 {
		return placed(file, batch.Skipped)
	}
	return []otpcore.Skip{{Where: file, Reason: asFault(err).what}}
}

// placed puts the file in front of a place in it.
func placed(file string, skips []otpcore.Skip) []otpcore.Skip {
	named := slices.Clone(skips)
	for i := range named {
		named[i].Where = file + ", " + named[i].Where
	}
	return named
}

// add joins what another file holds. A part that one file misses may be in
// another: of a transfer set only that is missing which no file has.
func (in *intake) add(b otpcore.Batch) {
	for _, note := range b.Notes {
		note.Index += len(in.batch.Accounts)
		in.batch.Notes = append(in.batch.Notes, note)
	}
	in.batch.Accounts = append(in.batch.Accounts, b.Accounts...)
	in.batch.Skipped = append(in.batch.Skipped, b.Skipped...)
	for _, set := range b.Sets {
		in.addSet(set)
	}
	in.batch.Missing = nil
	for _, set := range in.batch.Sets {
		in.batch.Missing = append(in.batch.Missing, set.Missing...)
	}
}

func (in *intake) addSet(set otpcore.Set) {
	for i, known := range in.batch.Sets {
		if known.ID == set.ID && known.Size == set.Size {
			there := func(part int) bool { return !slices.Contains(set.Missing, part) }
			in.batch.Sets[i].Missing = slices.DeleteFunc(slices.Clone(known.Missing), there)
			return
		}
	}
	in.batch.Sets = append(in.batch.Sets, set)
}
