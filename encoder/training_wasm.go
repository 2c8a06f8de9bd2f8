package encoder

// canTrain says that models cannot be trained, have no adapters, no masked-LM head, and do not begin at random: here they classify, and all
// their values come from a bundle.
const canTrain = false
