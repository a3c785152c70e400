"""Names of what SavedModels have of layers."""

# The parts of a layer that any object has that can be read as a model; what else there is, is part
# of its `keras_api`.
COMMON_FUNCTIONS = ("__call__", "call_and_return_all_conditional_losses", "_default_save_signature")
COMMON_OBJECTS = ("variables", "trainable_variables", "regularization_losses")
KERAS_API = "keras_api"
LAYER_FUNCTIONS = (
    *COMMON_FUNCTIONS,
    "call_and_return_conditional_losses",
    "activity_regularizer_fn",
)
