package session

import (
	"io"

	"github.com/lorica-go/lorica/internal/format"
	"github.com/lorica-go/lorica/wasm/abi"
)

// Answer appends to reply the reply to a request as package abi describes it; bundle is what Open reads.
func (s *Session) Answer(reply []byte, op abi.Op, request []byte, bundle io.ReaderAt) []byte {
	begun := len(reply)
	reply = abi.AppendReply(reply)
	answered, err := s.answer(reply, op, request, bundle)
	if err == nil && len(answered)-begun > abi.MaxMessage {
		err = &abi.Error{Kind: abi.Limit, Text: format.Sprintf("a reply of %d bytes, the limit is %d", len(answered)-begun, abi.MaxMessage)}
	}
	if err != nil {
		return abi.AppendError(reply[:begun], typed(err).(*abi.Error))
	}
	return answered
}

func (s *Session) answer(reply []byte, op abi.Op, request []byte, bundle io.ReaderAt) ([]byte, error) {
	switch op {
	case abi.Open:
		o, err := abi.ReadOpen(request)
		if err != nil {
			return nil, err
		}
		facts, err := s.Open(bundle, o)
		if err != nil {
			return nil, err
		}
		return facts.Append(reply), nil
	case abi.Classify:
		inputs, err := abi.ReadInputs(request)
		if err != nil {
			return nil, err
		}
		predictions, err := s.Classify(inputs)
		return abi.AppendPredictions(reply, predictions), err
	case abi.Encode:
		inputs, err := abi.ReadInputs(request)
		if err != nil {
			return nil, err
		}
		encoded, err := s.Encode(inputs)
		return abi.AppendEncoded(reply, encoded), err
	case abi.Explain:
		text, o, err := abi.ReadExplain(request)
		if err != nil {
			return nil, err
		}
		e, err := s.Explain(text, o)
		if err != nil {
			return nil, err
		}
		return abi.AppendExplanation(reply, e), nil
	}
	return nil, &abi.Error{Kind: abi.Internal, Text: format.Sprintf("operation %d is unknown", uint32(op))}
}
